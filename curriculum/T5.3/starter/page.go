package main

import (
	"cmp"
	"os"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Page is what a person writes; crd.yaml makes the cluster know it. This file is finished.
type Page struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// Spec is what shall be.
	Spec PageSpec `json:"spec"`
	// Status is what the controller says of it.
	Status PageStatus `json:"status,omitzero"`
}

// PageSpec is the person's part.
type PageSpec struct {
	Title string `json:"title"`
	Text  string `json:"text"`
}

// PageStatus is the controller's part.
type PageStatus struct {
	// ObservedGeneration is the generation of the spec that everything has been made to agree with.
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
}

// PageList is what the cluster answers to a list.
type PageList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []Page `json:"items"`
}

// DeepCopyObject lets a Page be kept in a cache. Generators write such methods for larger types.
func (p *Page) DeepCopyObject() runtime.Object {
	copied := *p
	copied.ObjectMeta = *p.ObjectMeta.DeepCopy()
	return &copied
}

// DeepCopyObject lets a PageList be kept in a cache.
func (l *PageList) DeepCopyObject() runtime.Object {
	copied := *l
	copied.ListMeta = *l.ListMeta.DeepCopy()
	copied.Items = make([]Page, len(l.Items))
	for i := range l.Items {
		copied.Items[i] = *l.Items[i].DeepCopyObject().(*Page)
	}
	return &copied
}

// addToScheme says which Go types belong to which kinds. A check gives the group a name of its own, so that it meets
// nothing that you have in your cluster.
func addToScheme(scheme *runtime.Scheme) error {
	version := schema.GroupVersion{Group: cmp.Or(os.Getenv("GROUP"), "site.gantry.example"), Version: "v1"}
	scheme.AddKnownTypes(version, &Page{}, &PageList{})
	metav1.AddToGroupVersion(scheme, version)
	return nil
}
